// SPDX-License-Identifier: Apache-2.0
/// JSON trees and their texts.
@NullMarked
package dev.howdah.json;

import org.jspecify.annotations.NullMarked;
