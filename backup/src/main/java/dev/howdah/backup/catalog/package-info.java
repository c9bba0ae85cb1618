// SPDX-License-Identifier: Apache-2.0
/// What an archive holds: base backups by their `backup.info`, in barman-cloud's layout.
@NullMarked
package dev.howdah.backup.catalog;

import org.jspecify.annotations.NullMarked;
