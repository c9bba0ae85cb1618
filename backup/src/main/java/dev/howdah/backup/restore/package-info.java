// SPDX-License-Identifier: Apache-2.0
/// Puts a base backup back into a data directory.
@NullMarked
package dev.howdah.backup.restore;

import org.jspecify.annotations.NullMarked;
