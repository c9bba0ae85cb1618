// SPDX-License-Identifier: Apache-2.0
/// Checks that what an archive holds can be restored.
@NullMarked
package dev.howdah.backup.verify;

import org.jspecify.annotations.NullMarked;
