// SPDX-License-Identifier: Apache-2.0
/// Kinds of Howdah's own about getting data back: RestoreDrill, Restore, DatabaseRestore.
@NullMarked
package dev.howdah.api.recovery;

import org.jspecify.annotations.NullMarked;
