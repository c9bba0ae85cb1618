// SPDX-License-Identifier: Apache-2.0
/// The ScheduledBackup kind: backups at certain times.
@NullMarked
package dev.howdah.api.scheduledbackup;

import org.jspecify.annotations.NullMarked;
