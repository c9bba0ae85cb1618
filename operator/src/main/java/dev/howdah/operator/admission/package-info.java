// SPDX-License-Identifier: Apache-2.0
/// Judges custom resources as they are written: inside the process, or as webhooks.
@NullMarked
package dev.howdah.operator.admission;

import org.jspecify.annotations.NullMarked;
