// SPDX-License-Identifier: Apache-2.0
/// Certificates: from secrets to files, and into the TLS of our own connections without a restart.
@NullMarked
package dev.howdah.instance.tls;

import org.jspecify.annotations.NullMarked;
