// SPDX-License-Identifier: Apache-2.0
/// What is filled in and what is refused: pure functions for admission, the operator and the
/// command line.
@NullMarked
package dev.howdah.api.rules;

import org.jspecify.annotations.NullMarked;
