// SPDX-License-Identifier: Apache-2.0
/// What went wrong, said so that a person knows what to do.
@NullMarked
package dev.howdah.core.problem;

import org.jspecify.annotations.NullMarked;
