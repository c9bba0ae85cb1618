// SPDX-License-Identifier: Apache-2.0
/// A local folder as an object store.
@NullMarked
package dev.howdah.objectstore.file;

import org.jspecify.annotations.NullMarked;
