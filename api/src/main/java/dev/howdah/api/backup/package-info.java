// SPDX-License-Identifier: Apache-2.0
/// The Backup kind: one base backup.
@NullMarked
package dev.howdah.api.backup;

import org.jspecify.annotations.NullMarked;
