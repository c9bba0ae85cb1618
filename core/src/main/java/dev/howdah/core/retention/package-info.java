// SPDX-License-Identifier: Apache-2.0
/// Which backups and which WAL may be deleted.
@NullMarked
package dev.howdah.core.retention;

import org.jspecify.annotations.NullMarked;
