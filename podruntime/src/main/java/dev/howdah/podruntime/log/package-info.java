// SPDX-License-Identifier: Apache-2.0
/// Keeps and serves what containers print.
@NullMarked
package dev.howdah.podruntime.log;

import org.jspecify.annotations.NullMarked;
