// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.PluginConfiguration;
import dev.howdah.api.objectstore.BarmanObjectStore;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import io.fabric8.kubernetes.api.model.SecretKeySelector;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A PostgreSQL server or an object store outside of the cluster.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@Cel(
    value =
        "has(self.connectionParameters) || has(self.plugin) || " + "has(self.barmanObjectStore)",
    message = "say how to reach it: connectionParameters, barmanObjectStore or plugin")
public record ExternalCluster(
    @Field(value = "Name that other fields use", required = true, minLength = 1, maxLength = 253)
        @Cel(
            value = "!self.contains('/') && !self.contains('\\\\') && self != '.' && self != '..'",
            message = "becomes a folder's name: no '/', no '\\\\', not '.' or '..'")
        String name,
    @Field("Parameters of the connection, as libpq knows them")
        Map<String, String> connectionParameters,
    @Field("Certificate to show to the server") @Nullable SecretKeySelector sslCert,
    @Field("Its key") @Nullable SecretKeySelector sslKey,
    @Field("Authority to check the server's certificate with")
        @Nullable SecretKeySelector sslRootCert,
    @Field("Password") @Nullable SecretKeySelector password,
    @Field("Object store with its backups and WAL") @Nullable BarmanObjectStore barmanObjectStore,
    @Field("Plugin that knows its backups and WAL") @Nullable PluginConfiguration plugin) {
  public ExternalCluster {
    name = Absent.or(name, "");
    connectionParameters = Absent.map(connectionParameters);
  }
}
