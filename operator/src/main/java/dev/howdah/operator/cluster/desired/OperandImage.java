// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

/// The image that instances run, and its PostgreSQL major.
public record OperandImage(String name, int major) {}
