// SPDX-License-Identifier: Apache-2.0
/// Positions and names in PostgreSQL's write-ahead log.
@NullMarked
package dev.howdah.core.wal;

import org.jspecify.annotations.NullMarked;
