// SPDX-License-Identifier: Apache-2.0
/// The WAL archive: segments, partial segments, backup and timeline history files in an object
/// store.
@NullMarked
package dev.howdah.backup.archive;

import org.jspecify.annotations.NullMarked;
