// SPDX-License-Identifier: Apache-2.0
/// The compressions that an archive's objects may have.
@NullMarked
package dev.howdah.backup.codec;

import org.jspecify.annotations.NullMarked;
