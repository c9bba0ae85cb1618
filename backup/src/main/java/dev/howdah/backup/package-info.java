// SPDX-License-Identifier: Apache-2.0
/// Base backups, WAL archive, retention, verification, restore.
@NullMarked
package dev.howdah.backup;

import org.jspecify.annotations.NullMarked;
