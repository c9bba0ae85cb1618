// SPDX-License-Identifier: Apache-2.0
/// Probes: asking containers whether they started, live, and are ready.
@NullMarked
package dev.howdah.podruntime.probe;

import org.jspecify.annotations.NullMarked;
