// SPDX-License-Identifier: Apache-2.0
/// The HTTPS server of an instance: probes, status, and what peers and the operator ask.
@NullMarked
package dev.howdah.instance.http;

import org.jspecify.annotations.NullMarked;
