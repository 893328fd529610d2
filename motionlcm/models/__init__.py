"""Neural networks: VAE, denoiser, control, embedder, text encoders; how they are saved."""
