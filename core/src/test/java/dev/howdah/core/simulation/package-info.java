// SPDX-License-Identifier: Apache-2.0
/// A deterministic simulation of a cluster under faults, which runs the production classes of
/// `dev.howdah.core.leadership` with a model of PostgreSQL, of the API server, of the network and
/// of the machines around them. One number (the seed) is one run, always the same.
package dev.howdah.core.simulation;
