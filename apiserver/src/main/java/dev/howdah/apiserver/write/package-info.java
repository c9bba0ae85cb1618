// SPDX-License-Identifier: Apache-2.0
/// Creating, updating, patching and deleting objects, by the same rules for clients and for the
/// server itself.
@NullMarked
package dev.howdah.apiserver.write;

import org.jspecify.annotations.NullMarked;
