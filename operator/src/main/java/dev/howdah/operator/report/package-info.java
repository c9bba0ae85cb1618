// SPDX-License-Identifier: Apache-2.0
/// Asks instance managers for their status.
@NullMarked
package dev.howdah.operator.report;

import org.jspecify.annotations.NullMarked;
