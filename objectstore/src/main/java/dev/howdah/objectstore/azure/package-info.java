// SPDX-License-Identifier: Apache-2.0
/// Azure Blob Storage, by a small client of our own: the maintained SDK brings Netty, Reactor and
/// more than 20 MB for the ten calls that we make.
@NullMarked
package dev.howdah.objectstore.azure;

import org.jspecify.annotations.NullMarked;
