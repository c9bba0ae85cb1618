// SPDX-License-Identifier: Apache-2.0
/// Continuous archiving and restoring of WAL, base backups, and what the Cluster's status says of
/// them.
@NullMarked
package dev.howdah.instance.archive;

import org.jspecify.annotations.NullMarked;
