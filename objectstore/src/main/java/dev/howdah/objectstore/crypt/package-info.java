// SPDX-License-Identifier: Apache-2.0
/// Objects that are encrypted before they leave this machine.
@NullMarked
package dev.howdah.objectstore.crypt;

import org.jspecify.annotations.NullMarked;
