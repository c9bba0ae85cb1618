// SPDX-License-Identifier: Apache-2.0
/// Backups and ScheduledBackups: which instance takes a backup, when, and what becomes of it.
@NullMarked
package dev.howdah.operator.backup;

import org.jspecify.annotations.NullMarked;
