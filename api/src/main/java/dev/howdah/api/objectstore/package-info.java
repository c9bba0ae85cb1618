// SPDX-License-Identifier: Apache-2.0
/// Where WAL and base backups are kept: the configuration of an object store, and the ObjectStore
/// kind.
@NullMarked
package dev.howdah.api.objectstore;

import org.jspecify.annotations.NullMarked;
