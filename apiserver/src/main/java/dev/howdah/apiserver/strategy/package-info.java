// SPDX-License-Identifier: Apache-2.0
/// What is special about each kind: defaults, what a client may not set or change, and what its
/// schema cannot say.
@NullMarked
package dev.howdah.apiserver.strategy;

import org.jspecify.annotations.NullMarked;
