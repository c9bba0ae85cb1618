// SPDX-License-Identifier: Apache-2.0
/// Object stores: put, get, list, delete, with an adapter per provider.
@NullMarked
package dev.howdah.objectstore;

import org.jspecify.annotations.NullMarked;
