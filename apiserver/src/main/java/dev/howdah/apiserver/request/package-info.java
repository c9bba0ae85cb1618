// SPDX-License-Identifier: Apache-2.0
/// What a request asks for, in which form, and in which form it wants the answer.
@NullMarked
package dev.howdah.apiserver.request;

import org.jspecify.annotations.NullMarked;
