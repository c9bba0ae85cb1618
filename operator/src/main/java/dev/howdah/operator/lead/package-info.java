// SPDX-License-Identifier: Apache-2.0
/// Which of several operators acts.
@NullMarked
package dev.howdah.operator.lead;

import org.jspecify.annotations.NullMarked;
