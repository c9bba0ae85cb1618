// SPDX-License-Identifier: Apache-2.0
/// Who has to acknowledge a commit, who may vote after a failure, and how to change either without
/// losing the overlap of the two.
@NullMarked
package dev.howdah.core.sync;

import org.jspecify.annotations.NullMarked;
