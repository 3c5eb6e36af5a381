// The page at /docs: Swagger UI on this deployment's own contract.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#contract",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  validatorUrl: null, // it would send the contract to a stranger
});
