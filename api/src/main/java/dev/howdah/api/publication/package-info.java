// SPDX-License-Identifier: Apache-2.0
/// The Publication kind: what a database publishes to subscribers.
@NullMarked
package dev.howdah.api.publication;

import org.jspecify.annotations.NullMarked;
