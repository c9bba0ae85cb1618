// SPDX-License-Identifier: Apache-2.0
/// Certificates and keys: an authority of our own, what it issues, PEM, and what to know about a
/// certificate.
@NullMarked
package dev.howdah.service.pki;

import org.jspecify.annotations.NullMarked;
