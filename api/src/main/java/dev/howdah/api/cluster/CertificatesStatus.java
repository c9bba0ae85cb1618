// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Certificates in use.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record CertificatesStatus(
    @JsonProperty("serverCASecret") @Field("Secret with the authority of the server's certificate")
        @Nullable String serverCaSecret,
    @JsonProperty("serverTLSSecret") @Field("Secret with the server's certificate and key")
        @Nullable String serverTlsSecret,
    @JsonProperty("clientCASecret") @Field("Secret with the authority of the clients' certificates")
        @Nullable String clientCaSecret,
    @JsonProperty("replicationTLSSecret")
        @Field("Secret with the certificate and key of streaming_replica")
        @Nullable String replicationTlsSecret,
    @JsonProperty("serverAltDNSNames") @Field("Further names in the server's certificate")
        List<String> serverAltDnsNames,
    @Field("When each certificate ends") Map<String, String> expirations) {
  public CertificatesStatus {
    serverAltDnsNames = Absent.list(serverAltDnsNames);
    expirations = Absent.map(expirations);
  }
}
