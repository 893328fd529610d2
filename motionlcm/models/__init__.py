"""Neural networks: VAE, denoiser, text encoder. Each is saved as a folder of config.json and safetensors."""
