// SPDX-License-Identifier: Apache-2.0
/// Clusters that follow another one, and change places with it.
@org.jspecify.annotations.NullMarked
package dev.howdah.core.replica;
