// SPDX-License-Identifier: Apache-2.0
/// First process of each PostgreSQL pod: supervises one server and holds its leadership.
@NullMarked
package dev.howdah.instance;

import org.jspecify.annotations.NullMarked;
