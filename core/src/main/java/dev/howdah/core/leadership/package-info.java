// SPDX-License-Identifier: Apache-2.0
/// Who may write: the protocol that gives a cluster at most one primary, and a new one soon, as a
/// pure state machine. [Leadership#step] is the entrance; `docs/explanation/leadership.md` the
/// argument.
@NullMarked
package dev.howdah.core.leadership;

import org.jspecify.annotations.NullMarked;
