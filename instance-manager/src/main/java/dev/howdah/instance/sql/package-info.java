// SPDX-License-Identifier: Apache-2.0
/// SQL to the own server, over its Unix socket, in a few classes: a general driver would cost each
/// pod several megabytes.
@NullMarked
package dev.howdah.instance.sql;

import org.jspecify.annotations.NullMarked;
