// SPDX-License-Identifier: Apache-2.0
/// The durable store: all objects in memory, every change in a journal, recent changes per type for
/// watches.
@NullMarked
package dev.howdah.apiserver.store;

import org.jspecify.annotations.NullMarked;
