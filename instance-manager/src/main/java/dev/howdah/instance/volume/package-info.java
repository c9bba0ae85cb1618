// SPDX-License-Identifier: Apache-2.0
/// What an instance keeps on its volume beside the data directory.
@NullMarked
package dev.howdah.instance.volume;

import org.jspecify.annotations.NullMarked;
