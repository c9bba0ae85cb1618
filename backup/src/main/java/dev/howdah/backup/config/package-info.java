// SPDX-License-Identifier: Apache-2.0
/// How a Cluster's manifest says where and how to back up, and the object store that comes of it.
@NullMarked
package dev.howdah.backup.config;

import org.jspecify.annotations.NullMarked;
