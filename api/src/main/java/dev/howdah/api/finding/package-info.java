// SPDX-License-Identifier: Apache-2.0
/// What is wrong or unwise in a resource, said so that a person can put it right.
@NullMarked
package dev.howdah.api.finding;

import org.jspecify.annotations.NullMarked;
