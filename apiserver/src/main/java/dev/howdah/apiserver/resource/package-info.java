// SPDX-License-Identifier: Apache-2.0
/// The types the server serves, built in and custom, and how requests select objects of them.
@NullMarked
package dev.howdah.apiserver.resource;

import org.jspecify.annotations.NullMarked;
