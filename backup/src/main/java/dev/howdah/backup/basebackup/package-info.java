// SPDX-License-Identifier: Apache-2.0
/// Takes a base backup of a running server into an object store.
@NullMarked
package dev.howdah.backup.basebackup;

import org.jspecify.annotations.NullMarked;
