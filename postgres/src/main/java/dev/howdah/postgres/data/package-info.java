// SPDX-License-Identifier: Apache-2.0
/// What a data directory is and may be used for: facts, locks, markers, WAL folders.
@NullMarked
package dev.howdah.postgres.data;

import org.jspecify.annotations.NullMarked;
