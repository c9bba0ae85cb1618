// SPDX-License-Identifier: Apache-2.0
/// JSON trees: writing them down shortly, comparing them with what the server holds.
@NullMarked
package dev.howdah.operator.tree;

import org.jspecify.annotations.NullMarked;
